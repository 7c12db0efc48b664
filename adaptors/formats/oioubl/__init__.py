"""OIOUBL 2.1, the Danish format that NemHandel carries."""
