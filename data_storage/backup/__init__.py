"""What a backup is made of: files by their checksum, snapshots that list them, and how long one is kept."""
