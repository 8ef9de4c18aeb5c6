"""The chats the tutor speaks in; each package is one of them and none knows another."""
