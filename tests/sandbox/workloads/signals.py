# Handlers, alarms, waiting, faulthandler.
import faulthandler, os, signal, threading

seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append("usr1"))
os.kill(os.getpid(), signal.SIGUSR1), signal.raise_signal(signal.SIGUSR1)
signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
assert seen == ["usr1"] * 3
signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.001), signal.pause()
assert seen[-1] == "alarm"
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
os.kill(os.getpid(), signal.SIGUSR2)
assert signal.SIGUSR2 in signal.sigpending() and signal.sigwait({signal.SIGUSR2}) == signal.SIGUSR2
with open("trace", "w") as trace:
    faulthandler.enable(trace), faulthandler.dump_traceback(trace), faulthandler.disable()
    faulthandler.dump_traceback_later(60, file=trace), faulthandler.cancel_dump_traceback_later()
"done"
