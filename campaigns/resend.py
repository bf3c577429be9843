"""Resend, told a key of each mail: within a day it delivers what comes twice with the same key once."""

from typing import Any

from anymail.backends import resend


class EmailBackend(resend.EmailBackend):  # type: ignore[misc]
    def build_message_payload(self, message: Any, defaults: Any) -> Any:
        payload: Any = super().build_message_payload(message, defaults)  # type: ignore[no-untyped-call]
        payload.headers["Idempotency-Key"] = message.repeat_key
        return payload
