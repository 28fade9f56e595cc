"""What the scripts that run the real `trailwatch serve` have in common: its process, receivers, events, the outbox."""

import asyncio
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import threading
import time
import urllib.parse
import uuid

TRAIL_ACCOUNT, OWN_ACCOUNT, REGION = "111122223333", "000000000000", "us-east-1"
READY_SECONDS, STOP_SECONDS = 60, 30


class Difference(Exception):
    """Something is not as it must be."""


def want(condition, message):
    if not condition:
        raise Difference(message)


def environment():
    """Ours without settings of Trailwatch or AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TRAILWATCH_", "AWS_"))}


def until(condition, seconds, what):
    """Waits for a condition; returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        want(time.monotonic() < end, f"not within {seconds:.3g} s: {what() if callable(what) else what}")
        time.sleep(0.1)


def free_port(given=set()):
    """A port below the range from which the system takes those of outgoing connections."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(20_000, 32_000)
        if port in given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        given.add(port)
        return port
    raise Difference("no free port was found between 20000 and 32000")


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def record(chance, when, name="ConsoleLogin", user="mallory", **fields):
    """A CloudTrail record; `chance` makes its id."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{TRAIL_ACCOUNT}:user/{user}",
                         "accountId": TRAIL_ACCOUNT, "userName": user},
        "eventTime": stamp(when), "eventSource": "signin.amazonaws.com", "eventName": name, "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.66", "userAgent": "chaos", "requestParameters": None, "responseElements": None,
        "eventID": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "eventType": "AwsApiCall",
        "recipientAccountId": TRAIL_ACCOUNT, **fields,
    }


# The server


def request(port, path, method="GET", body=None, timeout=10, headers={}):
    """The status and the text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
    finally:
        connection.close()


class Serve:
    """A `trailwatch serve` with a data directory of its own, to be started again and again."""

    def __init__(self, binary, folder, template, parameters, *options):
        self.folder, self.data, self.port = pathlib.Path(folder), pathlib.Path(folder) / "data", free_port()
        (self.folder / "trail").mkdir()
        alarms = self.folder / "alarms.yaml"
        alarms.write_text(template)
        self.command = [
            os.path.abspath(binary), "serve", "--data", self.data, "--trail", self.folder / "trail", "--alarms", alarms,
            "--listen", f"127.0.0.1:{self.port}", "--account-id", OWN_ACCOUNT, "--region", REGION, *options]
        for name, value in parameters.items():
            self.command += ["--parameter", f"{name}={value}"]
        self.log = self.folder / "serve.log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in self.command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder, env=environment())
        return self

    def is_ready(self):
        try:
            return request(self.port, "/-/ready", timeout=2)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def must_run(self):
        code = self.process.poll()
        want(code is None, f"serve ended by itself with exit code {code}; its log ends:\n{self.log_end()}")

    def wait_ready(self):
        def is_ready():
            self.must_run()
            return self.is_ready()
        until(is_ready, READY_SECONDS, lambda: f"serve is ready; its log ends:\n{self.log_end()}")
        return self

    def post(self, records):
        """True when the events are counted; false when the server was not there to say so."""
        body = json.dumps({"Records": records}).encode()
        try:
            status, text = request(self.port, "/events", "POST", body, 30, {"Content-Type": "application/json"})
        except (OSError, http.client.HTTPException):
            return False
        want(status in (200, 503), f"POST /events answers {status}: {text[:300]}")
        return status == 200

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Difference(f"serve still runs {STOP_SECONDS} s after SIGTERM") from None
        want(code == 0, f"serve ends with exit code {code} after SIGTERM; want 0")

    def log_end(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def peak_memory(self):
        """The most bytes that the process had resident."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) * 1024

    def cpu_seconds(self):
        """User and system time of the process so far."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def database(self, mode="ro"):
        connection = sqlite3.connect(f"file:{self.data / 'trailwatch.sqlite'}?mode={mode}", uri=True, timeout=30)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, sql, *arguments):
        with self.database() as connection:
            return connection.execute(sql, arguments).fetchall()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.kill()


# Receivers

# Ways not to take a message; each is for one request.
FAULTS = ("refuse", "hang", "500", "503", "429", "garbage", "close", "reset in request", "reset in answer",
          "cut answer")


class Endpoint:
    """An address of its own port; `mode` is `good` or how it fails: one of `FAULTS`, a status, or `certificate`."""

    def __init__(self, receivers, name, mode="good"):
        self.receivers, self.name, self.mode = receivers, name, mode
        self.port, self.path = free_port(), f"/{urllib.parse.quote(name)}"
        self.requests = 0
        # Seconds from a request to its answer.
        self.delay = 0
        # In order: (time, body) of what was answered with success to its last byte.
        self.accepted = []
        self.writers, self.server = set(), None
        self.listener = self.bound()

    @property
    def url(self):
        return f"{'https' if self.mode == 'certificate' else 'http'}://127.0.0.1:{self.port}{self.path}"

    def bound(self):
        """Bound and not listening: connections are refused, and nobody else gets the port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        return listener

    async def change(self, mode):
        self.mode = mode
        for writer in list(self.writers):
            writer.transport.abort()
        if mode == "refuse":
            if self.server:
                self.server.close()
                self.server, self.listener = None, self.bound()
        elif not self.server:
            context = self.receivers.certificate if mode == "certificate" else None
            self.server = await asyncio.start_server(
                self.serve, sock=self.listener, ssl=context, limit=1 << 20, backlog=256)

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while await self.answer(reader, writer):
                pass
        except (OSError, EOFError, ValueError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def answer(self, reader, writer):
        """Answers one request; false when the connection is to be closed."""
        if self.mode == "hang without reading":
            await asyncio.sleep(3600)
        head = await reader.readuntil(b"\r\n\r\n")
        mode = self.mode
        self.requests += 1
        if mode == "reset in request":
            return self.reset(writer)
        length = int(re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)[1])
        body = await reader.readexactly(length)
        if mode == "hang":
            await reader.read(1)
            return False
        if mode == "good":
            if self.delay:
                await asyncio.sleep(self.delay)
            if writer.transport.is_closing():
                return False
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            self.accepted.append((time.time(), body))
            await writer.drain()
            return True
        if mode == "close":
            return False
        if mode == "garbage":
            writer.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
            await writer.drain()
            return False
        if mode in ("reset in answer", "cut answer"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            await writer.drain()
            # Time for the head to be read: a reset drops what was not.
            await asyncio.sleep(0.05)
            return self.reset(writer) if mode == "reset in answer" else False
        more = b"Retry-After: 2\r\n" if mode in ("429", "503") else b""
        if mode.startswith("3"):
            more = b"Location: http://127.0.0.1:1/\r\n"
        writer.write(b"HTTP/1.1 %s Said\r\n%sContent-Length: 2\r\n\r\nno" % (mode.encode(), more))
        await writer.drain()
        return True

    def reset(self, writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False


class Receivers:
    """Endpoints that one thread serves."""

    def __init__(self, folder):
        self.endpoints = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        certificate, key = pathlib.Path(folder) / "receiver.pem", pathlib.Path(folder) / "receiver-key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True, capture_output=True)
        self.certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate.load_cert_chain(certificate, key)
        # A certificate that is refused is no news.
        self.loop.set_exception_handler(lambda *_: None)

    def add(self, name, mode="good"):
        endpoint = Endpoint(self, name, mode)
        self.endpoints.append(endpoint)
        return endpoint

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def change(self, endpoint, mode):
        self.run(endpoint.change(mode))

    def __enter__(self):
        self.thread.start()
        for endpoint in self.endpoints:
            self.change(endpoint, endpoint.mode)
        return self

    def __exit__(self, *_):
        self.run(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def close(self):
        for endpoint in self.endpoints:
            if endpoint.server:
                endpoint.server.close()
            endpoint.listener.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# Alarm files


def indented(text, spaces):
    return "".join(f"{' ' * spaces}{line}\n" for line in text.splitlines())


def topic(name, endpoints):
    """A topic's resources, its logical id and its parameters, with a subscription for each endpoint."""
    logical = "Topic" + name.title().replace("-", "")
    text = f"{logical}:\n  Type: AWS::SNS::Topic\n  Properties: {{TopicName: {name}}}\n"
    parameters = {}
    for number, endpoint in enumerate(endpoints):
        parameter = f"{logical}Receiver{number}"
        parameters[parameter] = endpoint.url
        text += (f"{logical}Subscription{number}:\n  Type: AWS::SNS::Subscription\n  Properties:\n"
                 f"    TopicArn: !Ref {logical}\n    Protocol: {endpoint.url.split(':')[0]}\n"
                 f"    Endpoint: !Ref {parameter}\n")
    return text, logical, parameters


def alarm(name, topics, threshold=2, metric=None):
    """An alarm on the failed sign-ins of the user of its name in a minute, with its filter."""
    logical = "".join(part.title() for part in name.split("-"))
    actions = ", ".join(f"!Ref {topic}" for topic in topics)
    return f"""\
{logical}Filter:
  Type: AWS::Logs::MetricFilter
  Properties:
    FilterName: {name}
    LogGroupName: trail
    FilterPattern: '{{ ($.eventName = ConsoleLogin) && ($.userIdentity.userName = "{name}") }}'
    MetricTransformations:
      - {{MetricNamespace: Test, MetricName: {name}, MetricValue: "1", DefaultValue: 0}}
{logical}Alarm:
  Type: AWS::CloudWatch::Alarm
  Properties:
    AlarmName: {name}
    Namespace: Test
    MetricName: {name}
    Statistic: Sum
    Period: 60
    EvaluationPeriods: 1
    Threshold: {threshold}
    ComparisonOperator: GreaterThanOrEqualToThreshold
    TreatMissingData: notBreaching
    AlarmActions: [{actions}]
    OKActions: [{actions}]
"""


def template(resources, parameters):
    text = 'AWSTemplateFormatVersion: "2010-09-09"\nParameters:\n'
    text += "".join(f"  {name}: {{Type: String}}\n" for name in parameters)
    return text + "Resources:\n" + indented("".join(resources), 2)
