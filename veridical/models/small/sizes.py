"""The sizes of a small model: for each configuration field that says how large something is, how large it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

WIDTH = 64
"""Hidden size of the language model."""
TOWER = 32
"""Hidden size of the vision tower."""
PATCH = 8
"""Side of a patch, in pixels."""
SIDE = 32
"""Side of a picture as the tower sees it, in pixels."""
WINDOW = 8
"""Tokens that a sliding-window layer looks back."""

SHARED: Mapping[str, Any] = MappingProxyType(
    {
        "num_hidden_layers": 2,
        "num_layers": 2,
        "num_decoder_layers": 2,
        "n_layers": 2,
        "layers": 2,
        "depth": 2,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "num_attention_heads": 4,
        "swa_num_attention_heads": 4,
        "num_sliding_attention_heads": 4,
        "attention_heads": 4,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "num_heads": 4,
        "conf_num_attention_heads": 4,
        "conf_num_hidden_layers": 2,
        "num_experts": 4,
        "n_routed_experts": 4,
        "num_local_experts": 4,
        "moe_num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_topk": 2,
        "moe_k": 2,
        "top_k_experts": 2,
        "n_shared_experts": 1,
        "moe_num_shared_experts": 1,
        "n_group": 1,
        "topk_group": 1,
        "moe_intermediate_size": 32,
        "moe_shared_expert_intermediate_size": 32,
        "shared_expert_intermediate_size": 32,
        "shared_intermediate_size": 32,
        "share_expert_dim": 32,
        "max_position_embeddings": 2048,
        "sliding_window": WINDOW,
        "sliding_window_size": WINDOW,
        "attention_chunk_size": 4096,
        "max_window_layers": 2,
        "logit_scale": 0.5,
        "logits_scaling": 2.0,
    }
)
"""Fields that mean the same in every part of a model; a factor on the scores is one that is felt."""

LANGUAGE: Mapping[str, Any] = MappingProxyType(
    {
        "hidden_size": WIDTH,
        "d_model": WIDTH,
        "embed_dim": WIDTH,
        "word_embed_proj_dim": WIDTH,
        "projection_dim": WIDTH,
        "intermediate_size": 96,
        "intermediate_size_mlp": 96,
        "dense_intermediate_size": 96,
        "ffn_dim": 96,
        "encoder_ffn_dim": 96,
        "decoder_ffn_dim": 96,
        "d_ff": 96,
        "d_kv": 16,
        "head_dim": 16,
        "swa_head_dim": 16,
        "q_lora_rank": 24,
        "kv_lora_rank": 16,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 8,
        "qk_head_dim": 16,
        "v_head_dim": 16,
        "index_head_dim": 16,
        "index_n_heads": 2,
        "index_topk": 4096,
        "linear_head_dim": 8,
        "linear_num_heads": 4,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "query_pre_attn_scalar": 16,
        "projector_hidden_size": 48,
        "alignment_intermediate_size": 48,
        "projection_hidden_size": TOWER,
        "out_hidden_size": WIDTH,
    }
)
"""Fields of the language model and of the model as a whole."""

VISION: Mapping[str, Any] = MappingProxyType(
    {
        "hidden_size": TOWER,
        "embed_dim": TOWER,
        "intermediate_size": 48,
        "mlp_dim": 48,
        "d_ff": 48,
        "d_kv": 8,
        "head_dim": 8,
        "projection_dim": TOWER,
        "projection_intermediate_size": 48,
        "out_hidden_size": WIDTH,
        "text_hidden_size": WIDTH,
        "vision_output_dim": WIDTH,
        "image_size": SIDE,
        "patch_size": PATCH,
        "num_patches": (SIDE // PATCH) ** 2,
        "num_position_embeddings": (SIDE // PATCH) ** 2,
        "window_size": 2 * 2 * PATCH,
        "output_channels": 16,
        "adapter_in_dim": TOWER,
        "adapter_out_dim": WIDTH,
        "pos_emb_height": SIDE // PATCH,
        "pos_emb_width": SIDE // PATCH,
    }
)
"""Fields of the vision tower."""

OTHER: Mapping[str, Any] = MappingProxyType(
    {
        "hidden_size": TOWER,
        "d_model": TOWER,
        "intermediate_size": 48,
        "encoder_ffn_dim": 48,
        "head_dim": 8,
        "vocab_size": 16,
        "encoder_hidden_size": TOWER,
        "adapter_input_size": TOWER,
        "output_dim": WIDTH,
        "adapter_out_dim": WIDTH,
    }
)
"""Fields of what stands between the two, and of audio towers."""

KEY_VALUE_HEADS = {"num_key_value_heads": ("num_attention_heads", "num_heads"), "swa_num_key_value_heads": ("swa_num_attention_heads",)}
"""Key-value heads, and the heads that they serve, under the names that those may have."""

CHOSEN_LAYERS = frozenset(
    {"fullatt_block_indexes", "global_attn_indexes", "deepstack_visual_indexes", "intermediate_layers_indices", "cross_attention_layers", "full_attn_idxs", "spatial_target_layers", "moe_layers"}
)
"""Lists of layer numbers; in a small model they name the last layer."""

NO_DROPOUT = ("dropout", "dropout_rate", "dropout_prob", "layerdrop", "drop_path_rate")
"""Endings of the fields that switch dropout on."""

ROPE = {"rope_type": "default", "rope_theta": 10000.0}

SPECIAL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "aria": {"vision_config.patch_size": 70, "vision_config.image_size": 980, "projector_patch_to_query_dict": {196: 256}},
        "chameleon": {
            "vocabulary_map": {"<image>": 4, **{f"IMGIMG{chr(ord('A') + code)}Z": 20 + code for code in range(8)}},
            "vq_config.resolution": SIDE, "vq_config.base_channels": 32, "vq_config.channel_multiplier": [1, 2], "vq_config.latent_channels": 8,
            "vq_config.num_embeddings": 8, "vq_config.embed_dim": 8, "vq_config.num_res_blocks": 1, "processor.image_seq_length": 256, "image_processor.size": {"shortest_edge": SIDE}, "image_processor.crop_size": {"height": SIDE, "width": SIDE},
        },
        "cohere_compass": {"text_config.rope_parameters": {"full_attention": {**ROPE, "mrope_section": [3, 3, 2]}, "sliding_attention": {**ROPE, "mrope_section": [3, 3, 2]}}, "tokenizer.image_token": "<|IMAGE_PAD|>"},
        "deepseek_ocr2": {
            "text_config.mlp_layer_types": ["dense", "sparse"], "text_config.num_experts_per_tok": 2, "processor.patch_size": 2,
            "vision_config.sam_config.image_size": 128, "vision_config.sam_config.patch_size": 2, "vision_config.sam_config.window_size": 8,
            "vision_config.sam_config.global_attn_indexes": [], "vision_config.sam_config.downsample_channels": [16, TOWER], "image_processor.size": {"height": 128, "width": 128}, "image_processor.tile_size": 96,
        },
        "deepseek_vl_hybrid": {"image_processor.high_res_size": {"height": SIDE, "width": SIDE}},
        "diffusion_gemma": {"text_config.num_experts": 4, "text_config.top_k_experts": 2, "text_config.moe_intermediate_size": 32},
        "dots3_note": {"image_processor.temporal_patch_size": 1},
        "emu3": {
            "vocabulary_map": {"<image>": 4, "<|extra_200|>": 5, **{f"<|visual token {code:06d}|>": 20 + code for code in range(8)}},
            "vq_config.codebook_size": 8, "vq_config.embed_dim": 4, "vq_config.latent_channels": 4, "vq_config.base_channels": 32, "vq_config.channel_multiplier": [1, 2],
            "vq_config.num_res_blocks": 1, "vq_config.attn_resolutions": [], "image_processor.min_pixels": SIDE**2, "image_processor.max_pixels": 4 * SIDE**2,
        },
        "gemma3": {"mm_tokens_per_image": 4},
        "glm5_next": {"image_processor.size": {"longest_edge": 1}, "image_processor.max_image_tokens": 64},
        "gemma4": {
            "text_config.vocab_size_per_layer_input": 320, "text_config.hidden_size_per_layer_input": 16,
            "vision_config": {
                "hidden_size": TOWER, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8,
                "patch_size": PATCH, "position_embedding_size": 256,
            },
        },
        "got_ocr2": {"processor.num_image_tokens": 1},
        "granite4_vision": {"downsample_rate": "1/2", "deepstack_layer_map": [[-1, 0]], "vision_config.hidden_size": 64, "qformer_config.encoder_hidden_size": 64},
        "granite_docling": {"image_processor.max_patches": 4, "vision_config.scale_factor": 2},
        "hunyuan_vl": {"text_config.head_dim": 16, "template.mark": "<image_start>MARK<image_end>"},
        "internvl": {"image_seq_length": 4},
        "janus": {"vision_config.projection_dim": WIDTH},
        "ovis2": {"image_seq_length": 16},
        "paligemma": {"image_processor.image_seq_length": 16},
        "qianfan_ocr": {"image_seq_length": 4},
        "qwen2_vl": {"vision_config.hidden_size": WIDTH},
        "qwen4_exp": {
            "text_config.indexer_n_heads": 2, "text_config.indexer_kv_heads": 1, "text_config.indexer_head_dim": 16, "text_config.indexer_budget": 4096,
            "text_config.indexer_compress_ratio": 4, "text_config.hc_lowrank": 8,
        },
        "shieldgemma2": {"mm_tokens_per_image": 4},
        "vipllava": {"vision_feature_layers": [-2, -1]},
    }
)  # fmt: skip
"""Settings of architectures for which the general rules are not enough, by model type."""
