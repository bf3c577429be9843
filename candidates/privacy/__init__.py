"""What the candidates app knows of people, and how it is told and erased: `DATA_MAP` speaks of every field."""

from candidates.privacy.erasing import (
    DATA_MAP,
    erase_candidates,
    export_candidate,
    hidden_notes,
)

__all__ = ["DATA_MAP", "erase_candidates", "export_candidate", "hidden_notes"]
