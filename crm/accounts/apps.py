from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "crm.accounts"
    verbose_name = "Users"
    label = "accounts"
