"""The parts of the storm: gateway and client in a process each, one time for both, and the comparison."""
