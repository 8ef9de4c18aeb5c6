# expect: status=killed|ok|timeout alive=no
# A channel replaced by one's own end hears nothing and says nothing.
import os
import socket

ours, theirs = socket.socketpair()
os.dup2(theirs.fileno(), 3)
