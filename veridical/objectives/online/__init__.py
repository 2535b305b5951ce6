"""What online objectives are made of: rollouts, rewards to advantages, and losses on the tokens that the policy itself wrote."""
