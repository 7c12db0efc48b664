from django.apps import AppConfig


class AdaptorsConfig(AppConfig):
    name = "adaptors"
    verbose_name = "Adaptors"
    default_auto_field = "django.db.models.BigAutoField"
