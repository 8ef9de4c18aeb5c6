# expect: status=output_limit
# Endless output ends the run, not the supervisor.
while True:
    print("x" * 1000)
