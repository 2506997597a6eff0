"""Why a recorded frame is neither reproduced nor decoded alike."""


def reason_for(name: str, kind: int) -> str:
    return ""
