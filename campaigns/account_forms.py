"""Forms of mail accounts and mailboxes."""

from typing import Any

from django import forms
from django.conf import settings

from campaigns.models import MailAccount, Mailbox, Security
from campaigns.services.hosts import HostRefused, check_host

# Changed, these take the password to somebody else, or through other hands.
LEADS_ELSEWHERE = frozenset({"kind", "host", "port", "security", "username"})


class _WithSecret(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose password is taken in, and never shown again."""

    secret = forms.CharField(
        label="Password or key",
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted. Leave it empty to keep the one that is there.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("secret") and self._asks_for_secret(data):
            if not self.instance.secret:
                self.add_error("secret", "Enter the password or the key.")
            elif LEADS_ELSEWHERE & set(self.changed_data):
                # Whoever names a server of their own would be told the one that is kept.
                self.add_error(
                    "secret",
                    "The server or the user is another one now: enter the password or the key that belongs to it.",
                )
        if data.get("security") == Security.NONE and not settings.PRIVATE_MAIL_HOSTS:
            self.add_error(
                "security",
                "Password and mail would go through the internet in the clear. Choose TLS or STARTTLS.",
            )
        host, port = data.get("host"), data.get("port")
        if host and port:
            try:
                check_host(host, port)
            except HostRefused as error:
                self.add_error("host", str(error))
            except OSError:
                self.add_error(
                    "host", f"{host} could not be looked up just now. Try again in a few minutes."
                )
        return data

    def _asks_for_secret(self, data: dict[str, Any]) -> bool:
        return True


class MailAccountForm(_WithSecret):
    class Meta:
        model = MailAccount
        fields = ("name", "kind", "host", "port", "security", "username", "domain")
        labels = {"kind": "Goes out through", "host": "Server", "username": "User"}
        help_texts = {"host": "Of a mail server, such as smtp.example.com."}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = MailAccount.Kind(data["kind"]) if "kind" in data else None
        needed = (
            {
                MailAccount.Kind.SMTP: ("host", "Enter the mail server."),
                MailAccount.Kind.MAILGUN: ("domain", "Enter the domain that Mailgun sends for."),
                MailAccount.Kind.MAILJET: ("username", "Enter the API key here, its secret below."),
            }.get(kind)
            if kind
            else None
        )
        if needed and not data.get(needed[0]):
            self.add_error(*needed)
        return data

    def _asks_for_secret(self, data: dict[str, Any]) -> bool:
        # A mail server on the same machine may let everybody in.
        return data.get("kind") != MailAccount.Kind.SMTP or bool(data.get("username"))


class MailboxForm(_WithSecret):
    folder_lines = forms.CharField(
        label="Folders",
        widget=forms.Textarea(attrs={"rows": 2}),
        initial="INBOX",
        help_text="One a line. No other folder is looked into.",
    )

    class Meta:
        model = Mailbox
        fields = ("address", "host", "port", "security", "username", "ignored", "begins_private")
        labels = {
            "host": "Server",
            "username": "User",
            "ignored": "Never keep mail from",
            "begins_private": "Mail from this mailbox begins private",
        }
        widgets = {"ignored": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "host": "Such as imap.example.com.",
            "begins_private": "Others see only that there was mail, until you share a thread. What is kept already stays as it is.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["folder_lines"] = "\n".join(self.instance.folders)

    def clean_folder_lines(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["folder_lines"].splitlines()]
        folders = list(dict.fromkeys(filter(None, lines)))
        if len(folders) > 20 or any(len(folder) > 200 for folder in folders):
            raise forms.ValidationError("At most 20 folders, of 200 characters each.")
        return folders

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].lower()
        if Mailbox.objects.exclude(pk=self.instance.pk).filter(address=address).exists():
            raise forms.ValidationError("This mailbox is looked into already.")
        return address

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.instance.folders = self.cleaned_data.get("folder_lines") or self.instance.folders
