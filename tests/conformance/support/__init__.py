"""What the tests share: a server of their own, certificates, errors as a client reads them."""
