"""What a user holds: the network, the neuron, gates, and a run; imported from its own files."""
