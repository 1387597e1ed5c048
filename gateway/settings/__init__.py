"""All settings as one frozen value, read once from the environment; nobody else reads it.

`Settings.from_environ` reports every mistake in one `SettingsError`, each with what to do. A secret may come from a
file (`INVOLINKS_KEK_FILE=/run/secrets/kek`) and never shows itself in a `repr`. `INVOLINKS_MODE=live` refuses whatever
belongs to development, by name, before anything starts.
"""

from gateway.settings.development import with_development_secrets
from gateway.settings.model import Settings
from gateway.settings.options import OPTIONS, Option
from gateway.settings.values import Secret, SettingsError

__all__ = ["OPTIONS", "Option", "Secret", "Settings", "SettingsError", "with_development_secrets"]
