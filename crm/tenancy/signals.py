"""What happens to organizations, for the apps above."""

from django.dispatch import Signal

# Sent while acting in the new organization, in the transaction that makes it: `organization`.
organization_created = Signal()
