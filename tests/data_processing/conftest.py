"""Settings for the property tests: no limit in time, since a busy machine proves nothing."""

import hypothesis

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
