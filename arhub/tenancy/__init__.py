"""Who may see which rows: the tenant in context, its managers, and the policies that PostgreSQL enforces."""
