"""A web server on the loopback interface with the faults that the request's folder MODE selects.

    http_server.py FOLDER LOG     prints its port; serves FOLDER's files as /.../MODE/NAME

right     no fault; supports Range
cut       breaks the connection in the middle of each file, the first time
cut-long  breaks it for the first three requests for each file, a tenth of the file further each time
no-range  like cut, and ignores Range
wrong     different content of the same length
missing   404

Writes a line per request to LOG: MODE NAME FIRST-BYTE STATUS.
"""
import http.server
import pathlib
import re
import sys

folder, log = pathlib.Path(sys.argv[1]), sys.argv[2]
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mode, name = self.path.split("/")[-2:]
        data = (folder / name).read_bytes()
        seen[self.path] = seen.get(self.path, 0) + 1
        first = int(re.sub(r"\D", "", self.headers.get("Range", "")) or 0)
        if mode == "no-range":
            first = 0
        status = 404 if mode == "missing" else 416 if first >= len(data) else 206 if first else 200
        with open(log, "a") as lines:
            print(mode, name, first, status, file=lines)
        if status in (404, 416):
            self.send_error(status)
            return
        if mode == "wrong":
            data = bytes(byte ^ 1 for byte in data)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) - first))
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        end = len(data)
        if mode in ("cut", "no-range") and seen[self.path] == 1:
            end = len(data) // 2
        if mode == "cut-long" and seen[self.path] <= 3:
            end = first + len(data) // 10
        self.wfile.write(data[first:end])
        self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
