"""An evaluation for people and programs: in the terminal, as JSON, and as a page that needs nothing else."""
