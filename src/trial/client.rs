//! What the generator did while it made the load: its processors, memory, sockets and link.
