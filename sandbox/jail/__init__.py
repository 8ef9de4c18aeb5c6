"""The walls: system calls and rules that close a process in, applied by the process itself."""
