"""The endpoints, a module for each kind; each gives a router for one `Service`."""
