"""Other names for `data_processing.tws`."""
