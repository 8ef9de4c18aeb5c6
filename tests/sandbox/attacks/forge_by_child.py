# expect: status=ok|killed alive=no
# A child with the channel can call a failed cell a success: to its own learner only, and the true
# frame that follows ends the session.
import os
import struct

body = b"\x86\xa2is\xa8CellDone\xa6status\xa2ok\xa5value\xa6FORGED\xa5error\xc0\xa9exit_code\x00\xa8replaced\x90"
pid = os.fork()
if pid == 0:
    os.write(os.dup(3), struct.pack(">I", len(body)) + body)
    os._exit(0)
os.waitpid(pid, 0)
1 / 0
