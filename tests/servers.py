"""Loaded by pytest (`-p tests.servers`) before the settings: servers and folders of the tests.

With xdist every worker loads it too; it inherits the addresses and takes a Redis database of its
own, counted down from the last of the usual sixteen, far from the demo's.
"""

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit

from wanping_union import embedded

embedded.init()
embedded.prepare()

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_number = 14 - int(_worker.removeprefix("gw")) % 10 if _worker else 15
os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_number}").geturl()

_files = tempfile.mkdtemp(prefix="attachments-")
atexit.register(shutil.rmtree, _files, ignore_errors=True)
os.environ["ATTACHMENTS_ROOT"] = _files
os.environ["AUDIT_ANCHORS"] = (
    ""  # else seals of test databases would be anchored beside those of the demo
)
