"""What the page of a chat says, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "language": "中文",
    "no_token": "This page needs an invitation. Open the link that you were given.",
    "choose": "Choose a picture, or none, and ask about it.",
    "question": "Ask something",
    "send": "Ask both",
    "waiting": "Both answer ...",
    "anew": "Begin anew",
    "left": "Left is better",
    "right": "Right is better",
    "tie": "Equally good",
    "bad": "Both bad",
    "asked": "You",
    "kept": "kept; votes: ",
    "failed": "That did not arrive; try again: ",
    "goes_on": "The better answer goes on. Ask more, or begin anew.",
    "ended": "Neither answer goes on. Ask something else.",
    "votes": "Votes",
    "wins": "wins",
}
CHINESE: Mapping[str, str] = {
    "language": "English",
    "no_token": "此页面需要邀请。请打开您收到的链接。",
    "choose": "选择一张图片（也可不选），然后提问。",
    "question": "请提问",
    "send": "同时提问",
    "waiting": "两个模型正在回答……",
    "anew": "重新开始",
    "left": "左边更好",
    "right": "右边更好",
    "tie": "一样好",
    "bad": "都不好",
    "asked": "您",
    "kept": "已保存；投票数：",
    "failed": "未能送达，请重试：",
    "goes_on": "对话从更好的回答继续。可以追问，或重新开始。",
    "ended": "两个回答都不再继续。请问别的问题。",
    "votes": "投票",
    "wins": "胜",
}
WORDS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}
