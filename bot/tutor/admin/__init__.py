"""What operators and managers of servers can do: `tutor setup`, `status`, `export` and the others."""
