# expect: status=ok output=held
# The lessons' solutions lie on the same disk; nothing of them can be imported or read.
import importlib.util
import os
import sys

for name in ("bot", "lessons", "bot.curriculum"):
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, OSError):
        spec = None
    if spec is not None and spec.origin is not None:
        try:
            open(spec.origin).read()
            print("BREACH", name)
        except OSError:
            pass
for folder in [*sys.path, os.path.dirname(os.path.dirname(sys.modules["torch"].__file__))]:
    path = os.path.join(folder, "lessons")
    try:
        os.listdir(path)
        print("BREACH", path)
    except OSError:
        pass
print("held")
