"""`python -m sandbox`: `serve` a sandbox on a socket, `run` one file, ask for `health`, let the `doctor` look."""

import argparse
import sys

EXIT_NO_SANDBOX = 3


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    if sys.platform != "linux":  # most of what follows does not even import elsewhere
        print(
            f"sandbox: running code needs Linux with Landlock and seccomp, and this is {sys.platform}: "
            "run Tensor Tutor in Docker on Linux instead",
            file=sys.stderr,
        )
        return EXIT_NO_SANDBOX
    from sandbox.jail.tiers import NoSandbox

    options = _parser().parse_args(arguments)
    try:
        if options.command == "serve":
            from sandbox.serve import serve

            return serve(options)
        if options.command == "doctor":
            from sandbox.doctor import doctor

            return doctor(options)
        if options.command == "health":
            from sandbox.health import health

            return health(options)
        from sandbox.run import run

        return run(options)
    except NoSandbox as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return EXIT_NO_SANDBOX


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="keep a sandbox on a Unix socket")
    serve.add_argument("--socket", required=True, metavar="PATH")
    serve.add_argument(
        "--socket-group",
        type=int,
        metavar="GID",
        help="let this group connect too, which takes being in it or CHOWN (default: only our user)",
    )
    serve.add_argument("--lifeline", type=int, metavar="FD", help="end when this pipe closes")
    serve.add_argument(
        "--once", action="store_true", help="do not start again after dying unexpectedly"
    )
    serve.add_argument("--log-format", choices=("text", "json"), default="text")
    serve.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="info: a line for each run, with the name under which the client logs it",
    )
    serve.add_argument("--spares", type=int, default=4, help="processes kept ready")
    serve.add_argument(
        "--most-spares", type=int, default=16, help="as many after those were not enough"
    )
    serve.add_argument("--max-sessions", type=int, default=200)
    serve.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto: offer what GPUs there are; cuda: put every session on one; cpu: ignore them",
    )
    serve.add_argument("--gpu-slots", type=int, default=1, help="sessions on each GPU at once")
    serve.add_argument(
        "--idle-minutes",
        type=float,
        default=30.0,
        help="end a session that was left alone for so long",
    )
    serve.add_argument(
        "--memory-floor-bytes",
        type=int,
        metavar="BYTES",
        help="end idle sessions, the longest idle first, while less memory than this is left "
        "(default: 5 %% of all, at most 512 MiB)",
    )
    _add_limits(serve)
    run = commands.add_parser("run", help="run one file in a jailed process")
    run.add_argument("file", metavar="FILE")
    run.add_argument(
        "--json", action="store_true", help="print the whole result as one JSON object"
    )
    _add_limits(run)
    doctor = commands.add_parser("doctor", help="say which walls stand here and what to change")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    _add_limits(doctor)
    health = commands.add_parser("health", help="ask a sandbox that serves how full it is")
    health.add_argument("--socket", required=True, metavar="PATH")
    health.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_limits(parser: argparse.ArgumentParser) -> None:
    from sandbox.jail.limits import Limits

    default = Limits()
    limits = parser.add_argument_group("limits")
    limits.add_argument("--wall-seconds", type=float, default=default.wall_seconds)
    limits.add_argument("--cpu-seconds", type=float, default=default.cpu_seconds)
    limits.add_argument("--memory-bytes", type=int, default=default.memory_bytes)
    limits.add_argument("--output-bytes", type=int, default=default.output_bytes)
    limits.add_argument("--processes", type=int, default=default.processes)


if __name__ == "__main__":
    sys.exit(main())
