"""The handbook in the browser, offline: pages whose figures the library computes, search, and one's own runs."""
