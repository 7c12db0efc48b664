"""Real servers on loopback for gateways: processes of their own where the program is installed."""
