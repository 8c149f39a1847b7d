import os

# Names are read character by character: the phrases would cost each process 45 MB for nothing.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
