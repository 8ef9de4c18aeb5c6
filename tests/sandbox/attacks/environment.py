# expect: status=ok output=held
# No secret is in the environment, in /proc/self/environ, or in any ancestor's.
import os

names = " ".join(os.environ)
if any(word in names.upper() for word in ("TOKEN", "SECRET", "KEY", "PASSWORD", "SANDBOX_TEST")):
    print("BREACH", names)
for pid in ["self", os.getppid(), 1]:
    try:
        data = open(f"/proc/{pid}/environ", "rb").read()
        if b"SANDBOX_TEST_TOKEN" in data:
            print("BREACH environ", pid)
    except OSError:
        pass
print("held")
