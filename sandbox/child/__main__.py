"""`python -m sandbox.child DESCRIPTOR SETTINGS`: become a template on an inherited channel."""

import socket
import sys

import msgspec

from sandbox.child.template import serve
from sandbox.childwire import TemplateSettings

if __name__ == "__main__":
    channel = socket.socket(fileno=int(sys.argv[1]))
    serve(channel, msgspec.json.decode(sys.argv[2], type=TemplateSettings))
