# expect: status=timeout
# Waiting is limited like computing.
import time

while True:
    try:
        time.sleep(1000)
    except KeyboardInterrupt:
        pass
