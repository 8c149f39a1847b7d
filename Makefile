# make demo: the portal with sample data, until Ctrl-C.  make test: all checks.
# Needs Python 3.11 or newer and make, nothing else.

PORT ?= 8000
UV ?= uv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
RUN := $(BIN)/python -m wanping_union.embedded run --
export PYTHONUNBUFFERED := 1

.PHONY: demo test bench drill fuzz pictures lock clean browser install-run install-dev install-bench
.DEFAULT_GOAL := demo

demo: install-run
	@$(BIN)/python -m wanping_union.embedded init
	@exec $(BIN)/python manage.py demo --port $(PORT)

test: install-dev browser
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@$(BIN)/python -m wanping_union.embedded init
	$(RUN) $(BIN)/mypy wanping_union members relief manage.py
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/pytest --create-db -n 2 --maxschedchunk 40

bench: install-bench
	@$(BIN)/python -m wanping_union.embedded init
	$(RUN) $(BIN)/python -m benchmarks $(ROUND)

# Ten thousand odd inputs for each form and ten thousand mutated files: an hour.
fuzz: install-dev
	$(BIN)/python -m tests.fuzz

# Ten minutes of dying programs and servers, on a portal of its own.
MINUTES ?= 10
SEED ?= 1
drill: install-dev
	$(BIN)/python -m tests.drill --minutes $(MINUTES) --seed $(SEED)

# The README's pictures, of the demo that is running.
pictures: install-dev browser
	$(BIN)/python -m tests.browser.pictures http://127.0.0.1:$(PORT)

# --- set-up ------------------------------------------------------------------

.venv/made:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新的版本。"; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "无法建立 .venv：在 Debian、Ubuntu 上请先 apt-get install python3-venv。"; exit 1; }
	@touch $@

# Installs a lock once: the stamp holds its checksum.
install-run install-dev install-bench: install-%: .venv/made
	@sum=$$(cksum < requirements/$*.txt); stamp=.venv/installed-$*; \
	test "$$(cat $$stamp 2>/dev/null)" = "$$sum" || { echo "安装 requirements/$*.txt …" && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes \
			-r requirements/$*.txt && echo "$$sum" > $$stamp; }

# The browser tests need Chromium and a Chinese font, the PDF ones Pango.
PACKAGES := chromium fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
HAVE_BROWSER := command -v chromium || command -v chromium-browser || command -v google-chrome
OWN_BROWSER := $(BIN)/python -c 'import pathlib, sys; from playwright.sync_api import sync_playwright; \
	p = sync_playwright().start(); found = pathlib.Path(p.chromium.executable_path).exists(); \
	p.stop(); sys.exit(not found)'
HAVE_FONT := fc-list :lang=zh | grep -q .
HAVE_PANGO := $(BIN)/python -c 'import weasyprint'

browser: install-dev
	@well() { { $(HAVE_BROWSER) || $(OWN_BROWSER); } && $(HAVE_FONT) && $(HAVE_PANGO); } >/dev/null 2>&1; \
	if ! well && test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "apt-get install $(PACKAGES) …"; \
		apt-get -qq -o Acquire::Retries=3 update && DEBIAN_FRONTEND=noninteractive \
		apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y \
			--no-install-recommends $(PACKAGES) >/dev/null; \
	fi; \
	{ $(HAVE_BROWSER) || $(OWN_BROWSER) || $(BIN)/playwright install chromium; } >/dev/null 2>&1; \
	well || { echo "浏览器测试缺少 Chromium、中文字体或 Pango：请安装 $(PACKAGES)" \
		"（Debian 上以 root 运行 apt-get install；macOS 上 brew install pango）。"; exit 1; }

# Keeps the pins it can; make lock UPGRADE=--upgrade takes the newest.
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

lock:
	@command -v $(UV) >/dev/null || { echo "更新锁定文件需要 uv（pip install uv）。"; exit 1; }
	$(COMPILE) --output-file requirements/run.txt
	$(COMPILE) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt
	$(COMPILE) --group dev --group bench --constraint requirements/dev.txt --output-file requirements/bench.txt

clean:
	@test ! -x $(BIN)/python || $(BIN)/python -m wanping_union.embedded remove
	rm -rf .local .venv
