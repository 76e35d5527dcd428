"""Every file name of a raw folder, a warehouse folder and a release, once.

Names of tables' files are their tables' names: ``data/NAME.parquet`` and ``data/NAME.csv``.
"""

from __future__ import annotations

# The raw folder, and what lies beside it.
RAW_MANIFEST = "manifest.csv"
ACCEPTANCES = "acceptances.csv"
"""Which revisions somebody has let in."""
WATCHLIST = "watchlist.txt"
WATCHLIST_STATE = ".watchlist.json"

# The warehouse folder.
LOCK_FILE = ".lock"
WAREHOUSE_FILE = "ncmec_state_data.duckdb"
BUILDING_PREFIX = ".building-"
"""Prefix of the folders in which files are made before they are swapped in."""
STAGES = "stages"
LAST_RUN = "last_run.json"
SCHEDULE = "schedule.json"
RUNNING = "running"
"""A folder for each run of Dagster in progress, whose lock its process holds."""
ALERTS = "alerts.json"
LAST_BUILD = "last_build.json"
"""What the last build returned, and of what it is a function."""
INPUTS = "inputs.json"
"""What a run of Dagster over all years began with."""

# The folder of releases.
RELEASES = "releases"
LATEST = "latest"
"""A symbolic link to the newest release."""
INDEX = "index.json"
LATEST_JSON = "latest.json"
FEED = "feed.xml"
WITHDRAWALS = "withdrawals.json"
ARCHIVE = "archive"
"""Folder of the releases that are packed: for each the archive, and the files that tell of it."""

# The site: pages below the warehouse folder, and the list of them with their sums.
SITE = "site"
SITE_SUMS = "site.sha256sums"
SITE_SIGNATURE = f"{SITE_SUMS}.sig"
SITE_KEY = ".made-of"
"""What the pages were made of, as a hash; it stays at home."""

# A release; it holds WAREHOUSE_FILE and LOCKED_PACKAGES too.
DATA = "data"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = f"{SUMS}.sig"
README = "README.md"
DATASHEET = "DATASHEET.md"
LICENSE = "LICENSE"
NOTICE = "NOTICE.md"
CITATION = "CITATION.cff"
CHANGELOG = "CHANGELOG.md"
CHANGES = "changes.csv"
"""One row a changed figure, for readers."""
ALL_CHANGES = "changes.jsonl"
"""One line a changed row of any table: complete, so that it can be applied."""
DICTIONARY = "data_dictionary.csv"
WORKBOOK = "ncmec_state_data.xlsx"
API = "api"
LLMS = "llms.txt"
DATACITE = "datacite.json"
DATAPACKAGE = "datapackage.json"
CROISSANT = "croissant.json"
DATASET = "dataset.jsonld"
PAGE = "index.html"
QUALITY = "quality.json"
PROVENANCE = "provenance.json"
SBOM = "sbom.cdx.json"
LOCKED_PACKAGES = "requirements.lock"
