"""Settings for the property tests: no limit in time, since a busy machine proves nothing.

`./run test long` tries many more examples, with the profile of that name.
"""

import hypothesis

hypothesis.settings.register_profile("short", deadline=None, max_examples=40)
hypothesis.settings.register_profile("long", deadline=None, max_examples=300)
hypothesis.settings.load_profile("short")
