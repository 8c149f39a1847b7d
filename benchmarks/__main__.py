"""All measurements, one after another."""

from benchmarks import import_roster

if __name__ == "__main__":
    import_roster.main()
