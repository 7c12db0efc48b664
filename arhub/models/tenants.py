"""Who uses the hub: tenants, people and what they may do."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class Tenant(models.Model):
    """A company that uses the hub, and so the seller on its documents."""

    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=60, unique=True, help_text="Short name for the command line.")
    currency = models.CharField(max_length=3, default="EUR", help_text="The currency of the books, ISO 4217.")
    time_zone = models.CharField(max_length=60, default="UTC", help_text="Decides what day it is, for ageing.")
    legal_name = models.CharField(max_length=255, blank=True)
    address_line1 = models.CharField(max_length=255, blank=True)
    address_line2 = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=40, blank=True)
    city = models.CharField(max_length=255, blank=True)
    region = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166, two letters.")
    registration_number = models.CharField(max_length=60, blank=True, help_text="CVR or other register number.")
    vat_number = models.CharField(max_length=60, blank=True)
    gln = models.CharField(max_length=20, blank=True, verbose_name="GLN")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone; UTC when its name is not known on this machine."""
        try:
            return ZoneInfo(self.time_zone)
        except (ValueError, ZoneInfoNotFoundError):
            return ZoneInfo("UTC")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())  # as stored; SQL's upper() takes ı and ſ for i and s


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do stands in their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=True, help_text="May sign in.")
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Role(models.TextChoices):
    """In rising order: each may do what the ones before may."""

    VIEWER = "viewer", "Viewer"
    CLERK = "clerk", "Clerk"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"

    def includes(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Membership(models.Model):
    """What a person may do in a tenant. Read before any tenant is chosen, so it has no row policy."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    def allows(self, needed: Role) -> bool:
        return Role(self.role).includes(needed)


class Heartbeat(models.Model):
    """When a background process last said that it lives."""

    name = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
