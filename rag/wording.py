"""What people say and what papers print for it: 花钱 and 收费, 不许 and 禁止, 开 and 召开.

A question is asked in everyday words, a page is written in formal ones. A term of a question counts
as held by a text that has any of its forms. Only common verbs, nouns and adverbs stand here; names
have one form.
"""

import re
from functools import cache

# Everyday words, then the words of print.
_GROUPS = (
    "花钱 要钱 收钱 收费 付费 免费 费用",
    "不许 不准 不让 不能 不可以 禁止 严禁 不得 谢绝",
    "带 携带 带入",
    "约 预约 预订",
    "提前 预约 事先",
    "麻烦 难处 困难 纠纷 问题",
    "帮 帮忙 帮助 协助 助力 援助",
    "要回 讨回 追回 追讨 要到 追索",
    "工钱 工资 薪资 薪酬",
    "生病 得病 患病 患 罹患 因病",
    "看病 就医 就诊 治疗 手术",
    "交 缴 缴纳 缴费 交纳",
    "交钱 缴费 缴纳",
    "拿 拿到 得到 领到 获得 获 给付 发放",
    "发 发放 拨付 给付",
    "给 给付 发放 支付",
    "开 召开 举行 举办 开幕",
    "会议 全会 全委会 座谈会 大会 团拜会 例会",
    "钱 费用 免费 收费 费",
    "开会 会议 全会 座谈会",
    "办 举办 举行 办理 承办",
    "搞 开展 举办 组织",
    "结婚 婚姻 成婚",
    "说 表示 指出 介绍 称 说道 强调",
    "讲 讲话 致辞 发言 强调",
    "当 担任 当选 出任 任",
    "选上 当选 选举",
    "建 建成 建设 兴建 建造",
    "盖 建设 建成",
    "造 制造 生产 研制 建造",
    "做 生产 制作 制造",
    "修 修建 维修 修缮 建设",
    "买 购买 采购 购置 购",
    "卖 销售 出售 售",
    "降 下降 下跌 减少 降低 回落",
    "跌 下跌 下降 回落",
    "便宜 优惠 降价 低价",
    "贵 涨价 价格",
    "花 投入 投资 花费 耗资 支出",
    "投 投资 投入",
    "赚 盈利 利润 收入 营收",
    "死 死亡 遇难 去世 逝世 身亡",
    "去世 逝世 病逝 辞世",
    "受伤 伤 负伤 致伤",
    "抓 抓获 逮捕 拘留 查获",
    "罚 罚款 处罚 罚金",
    "管 管理 监管 负责",
    "来 参加 到场 出席 参观",
    "参加 出席 参与 加入",
    "到 抵达 到达",
    "去 前往 赴",
    "玩 游玩 游览",
    "进 进入 入园 准入 入场",
    "进去 进入 准入 入内 入园 入场",
    "逛 游览 参观 游玩 入园",
    "要钱 收费 付费 免费 费用",
    "条数 条",
    "场数 场",
    "户数 户",
    "总额 共 累计 合计",
    "涨 上涨 增长 上升 提高 增加 增幅 涨幅",
    "增长 增幅 提高 上升",
    "住 居住 入住",
    "坐 乘坐 乘",
    "送 赠送 赠 捐赠 献",
    "捐 捐赠 捐款 捐献",
    "写 撰写 创作 著",
    "演 出演 主演 饰演 演出",
    "赢 获胜 战胜 夺冠 取胜 击败",
    "输 失利 负于 不敌",
    "拿冠军 夺冠 冠军",
    "毕业 毕业于 就读",
    "上学 就读 入学",
    "老师 教师 教授",
    "学生 同学 学子",
    "孩子 儿童 少年 子女 小朋友",
    "小孩 儿童 孩子",
    "老人 老年人 长者",
    "老百姓 群众 居民 市民 百姓",
    "打工 务工 就业",
    "农民工 务工人员",
    "工人 职工 员工",
    "员工 职工 从业人员",
    "老板 负责人 董事长 经理",
    "厂 工厂 车间 公司",
    "车 车辆 汽车",
    "火车 列车 铁路",
    "警察 民警 公安 警方",
    "医生 医师 大夫",
    "头一 首 第一",
    "最多 最高 至多",
    "最少 最低 至少",
    "一天 每天 日 每日 当日",
    "每年 年 年度 一年",
    "总共 共 累计 合计",
    "现在 目前 当前 如今",
    "现场 当场",
    "办法 措施 举措 方式",
    "举措 措施",
    "原因 因为 由于 为了",
    "开门 开放 营业",
    "关门 关闭 闭馆 停业",
    "上市 发售 推出",
    "推出 发布 启动 出台",
    "出台 印发 发布 公布",
    "公布 发布 宣布 通报",
    "宣布 公布 发布",
    "收钱 收费 付费 免费 费用",
    "不要钱 免费",
    "上班 工作 任职 就职 供职",
    "医药费 医疗费 医疗支出 药费",
    "自己 个人 自行 自付",
    "掏 支付 缴纳 自付 支出",
    "掏钱 出资 支付 缴纳",
    "高过 超过 高于 超出",
    "低于 不足 少于",
    "加入 入会 参加 参保",
    "受惠 惠及 受益",
    "受益 惠及",
    "好处 实惠 优惠 补助",
    "补助 补贴 津贴 互助金",
    "补贴 补助 贴息",
    "利息 贴息 利率",
    "工资 薪酬 薪资 欠薪",
    "讨薪 追讨 欠薪",
    "拖欠 欠薪 欠款",
    "回赠 赠送",
    "赠给 赠送",
    "物品 产品",
    "产品 商品 服务",
    "培训班 培训",
    "工种 岗位 职业",
    "受训 培训",
    "拍 拍摄 摄影 摄",
    "照片 图片 摄影 摄",
    "比去年 同比",
    "去年同期 同比",
    "比上月 环比",
    "比上个月 环比",
    "赔 赔偿 理赔",
    "停 停运 停止 暂停",
    "取消 暂停 停办",
    "改 改为 调整 变更",
    "推迟 延期 延后",
    "提早 提前",
    "早上 上午 清晨",
    "晚上 夜间 当晚 晚间",
    "妈妈 母亲",
    "爸爸 父亲",
    "丈夫 先生",
    "妻子 太太 夫人 爱人",
    "房子 住房 住宅 房屋",
    "房租 租金",
    "下雨 降雨 降水",
    "下雪 降雪",
    "开工 动工 启动",
    "完工 竣工 建成",
    "用上 投用 启用 投入使用",
    "通车 开通 运营",
    "开业 营业 开张",
    "倒闭 破产 停业",
    "招 招聘 招收 录取",
    "辞职 辞去 离任",
    "退休 卸任",
    "合作 签约 协议 携手",
    "签 签署 签订 签约",
    "批准 获批 审批 核准 通过",
    "同意 批准 通过",
    "查出 检出 发现",
    "起因 原因",
    "头一次 首次 第一次",
    "大约 左右",
    "电话 热线 号码",
    "票 门票 票价",
    "门票 票价",
    "饭店 餐厅 酒店 餐馆",
    "宾馆 酒店 旅馆",
    "商店 店铺 商场 门店",
    "地铁 轨道交通",
    "公交车 公交",
    "比赛 赛事 联赛",
    "球员 队员 运动员 选手",
    "打赢 战胜 击败",
    "电影 影片",
    "书 图书 著作",
    "展览 展出 画展",
    "钱数 金额",
    "数目 数量",
    "年纪 年龄",
    "救 救助 营救 获救",
    "找到 发现 寻获",
    "丢 丢失 遗失",
    "骗 诈骗 被骗",
    "偷 盗窃 被盗",
    "污染 排污 超标",
    "种 种植 栽种",
    "养 养殖 饲养",
    "搬 搬迁 迁",
    "搬家 搬迁 乔迁",
    "拆 拆除 拆迁",
    "变成 成为 转变",
    "带来 促进 推动",
    "商量 讨论 协商 研究",
    "碰头 会面 会见",
    "见面 会面 会见",
    "听取 汇报 审议",
    "表扬 表彰 授予",
    "奖励 奖金 表彰",
    "得奖 获奖 荣获",
    "拿奖 获奖 荣获",
    # Names of offices and countries in short.
    "央行 人民银行",
    "世卫 世界卫生组织",
    "世卫组织 世界卫生组织",
    "最高法 最高人民法院",
    "最高检 最高人民检察院",
    "团中央 共青团中央",
    "澳洲 澳大利亚",
    "甲流 甲型",
)


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS:
        said, *printed = group.split()
        table[said] = tuple(dict.fromkeys((*table.get(said, (said,)), *printed)))
    return table


_NUMBER = re.compile(
    r"(第?)([一二三四五六七八九十]{1,3}|(?<=第)\d{1,2})([个月日号条项名位家年天次种届轮批].*)"
)


def forms(term: str) -> tuple[str, ...]:
    """A folded term of a question with what papers print for it, itself first (一月: 1月, 第12届: 第十二届)."""
    known = _table().get(term, (term,))
    number = _NUMBER.fullmatch(term)
    value = numeral(number.group(2)) if number else None
    if number is None or value is None:
        return known
    written = in_chinese(value) if number.group(2).isdecimal() else str(value)
    return (*known, f"{number.group(1)}{written}{number.group(3)}")


@cache
def said(printed: str) -> tuple[str, ...]:
    """The everyday words that a word of print stands for (召开: 开)."""
    return tuple(word for word, held in _table().items() if printed in held[1:])


_ASKED = (
    (r"哪(?:[一两几三]|些)?(?:天|日|号)|几月几[日号]|(?<![一-鿿])几[日号]", "何时"),
    (r"啥时候?|多会儿|哪会儿", "什么时候"),
    (r"为啥|咋会", "为什么"),
    (r"咋", "怎么"),
    (r"干[嘛吗](?=[?？]?$)", "做什么"),
    (r"啥", "什么"),
    (r"哪个人|什么人|哪一?位", "谁"),
)


def plainly(question: str) -> str:
    """The question with the question words that are written most: 哪几天 is 何时, 啥 is 什么.

    A reader that has met few examples of a word does not know what it asks for.
    """
    for spoken, written in _ASKED:
        question = re.sub(spoken, written, question)
    return question


def numeral(text: str) -> int | None:
    """A small whole number in digits or Chinese (七 → 7, 十二 → 12); None if it is none."""
    if text.isdecimal():
        return int(text)
    digits = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
    if "十" in text:
        tens, _, ones = text.partition("十")
        if (tens and tens not in digits) or (ones and ones not in digits):
            return None
        return digits.get(tens, 1) * 10 + digits.get(ones, 0)
    return digits.get(text)


def in_chinese(value: int) -> str:
    """A whole number below 100 as it is written (55 → 五十五)."""
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
