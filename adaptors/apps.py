from django.apps import AppConfig


class AdaptorsConfig(AppConfig):
    name = "adaptors"
    verbose_name = "Adaptors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import adaptors.domain.checks  # noqa: F401  registers system checks
