"""Lines of the log."""

import logging
import re

# PostgreSQL quotes the row that failed, and the statement, behind its message.
QUOTED = re.compile(r"\n(DETAIL|CONTEXT|LINE \d+): .*?(?=\n\n|\Z)", re.DOTALL)


class Formatter(logging.Formatter):
    """Keeps what the database tells of somebody's row out of the log."""

    def format(self, record: logging.LogRecord) -> str:
        return QUOTED.sub("", super().format(record))
