"""What nobody would send, sent to every page and every reader.

`make test` sends 500 odd inputs to each form and 500 mutated files; the whole run, ten thousand
each, is `make fuzz`.
"""

import os

FORMS = int(os.environ.get("FUZZ_FORMS", "500"))  # odd inputs for each page that takes a form
FILES = int(os.environ.get("FUZZ_FILES", "500"))
