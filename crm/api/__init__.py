"""The JSON API: what the pages answer, for programs. Thin, over the queries of the apps below.

Every request shows a member's token (`crm/tenancy/api_tokens.py`) and is answered as that member: inside the
organization, by the same query objects, roles and pages of rows as the pages for people.
"""
