"""Files: the store's folder with its manifest and lock, Parquet and CSV, each written whole or not at all."""
