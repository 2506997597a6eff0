"""Who may ask what, and how often: decided before anything else looks at a request."""
