"""Write the sample files into `sample_data/`: `python -m lookalike.sample`."""

from pathlib import Path

from lookalike.sample import generate, write_files

if __name__ == "__main__":
    write_files(Path("sample_data"), generate())
