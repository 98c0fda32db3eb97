"""What an enterprise does, by the words of its name 行业用语: 饭店, 餐馆 and 饮食店 are one trade, 便利店 another.

A name in China is place + style (字号) + trade + legal form. Two names with one style are one shop written otherwise
when the trades agree, and two businesses of one owner when they do not. A name may hold several trades (五金塑料);
two agree when they share one. The table is ours, from names one reads in the street; words it lacks say nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: One line a trade; longer words are read before shorter ones.
TRADES: tuple[str, ...] = (
    "饮食 餐饮管理 餐饮 餐厅 餐馆 餐室 饭店 饭馆 饭堂 酒楼 酒家 美食 小吃 快餐 盒饭 食府 食店 食坊 大排档 面馆 面店 粉店 粉面 "
    "烧腊 烧鹅 茶餐厅 火锅 烧烤 粥店 肠粉 早餐 菜馆 川菜 湘菜 农庄 私房菜 云吞 饺子 麻辣烫 煲仔饭 海鲜 "
    "卤味 卤菜 鸭脖 熟食 土菜馆 土菜 米粉 米线 拉面",
    "奶茶 茶饮 饮品 冷饮 咖啡 果汁 凉茶 糖水 甜品 饮料",
    "面包 糕点 蛋糕 西饼 饼店 饼屋 烘焙",
    "便利店 便利 士多 超市 超级市场 小卖部 杂货 日杂 副食 百货 商店 商场 商行 日用品 食杂 生活馆",
    "发廊 理发 美发 剪发 发型 造型 发艺 美发沙龙",
    "美容 美甲 养生 美体 化妆品 spa 足浴 沐足 按摩",
    "汽车修理 汽车维修 汽修 汽车服务 汽配 汽车配件 汽车美容 洗车 轮胎 车行 摩托车 机动车",
    "大药房 药房 药店 药行 医药 药业 中药 医疗器械",
    "诊所 门诊 卫生站 医院 口腔 牙科 中医",
    "服装 服饰 时装 制衣 童装 内衣 衣店 女装 男装",
    "鞋业 鞋店 鞋厂 皮鞋 皮具 箱包 皮革",
    "五金交电 五金制品 五金 水暖 水电 锁业 不锈钢 金属 铝业 铝材 钢材 模具",
    "水果 鲜果 果业 果行 果店 果蔬",
    "肉菜 肉档 菜档 蔬菜 农产品 生鲜 水产 猪肉 肉店 冻品 粮油 粮店 食品",
    "洗衣 干洗 洗涤 洗染",
    "陶瓷 建陶 瓷砖 瓷业 卫浴 洁具",
    "家具 家私 家居 沙发 床垫 木业 橱柜",
    "纺织 针织 布业 布匹 面料 印染 纱线 织造",
    "塑料 塑胶 塑业 橡胶",
    "电器 家电 电子 照明 灯饰 电气 电工 电缆",
    "商贸 贸易 经贸 进出口 工贸",
    "物流 货运 运输 快递 仓储 速运 配送 供应链",
    "电子商务",
    "网络科技 信息科技 信息技术 计算机 电脑 软件 网络 数码 智能科技 通讯 手机",
    "房地产 地产 置业 房产 不动产 房屋中介",
    "物业管理 物业 停车场",
    "建筑工程 建筑 建设 工程 装饰 装修 建材 幕墙 门窗 园林",
    "广告 传媒 文化传播 图文 影视 摄影 印务 印刷 打印",
    "教育咨询 教育 培训 幼儿园 托管 辅导",
    "机械设备 机械 设备 机电 自动化",
    "包装材料 包装 纸业 纸箱 纸品",
    "酒店 宾馆 旅馆 旅店 公寓 住宿 招待所 客栈",
    "化工 涂料 油漆 化学 胶粘",
    "会计 财税 财务 税务师 代理记账",
    "律师 法律",
    "投资 资产管理 基金 控股 股权",
    "银行 信用社 支付",
    "保险",
    "旅游 旅行社 票务",
    "文具 书店 图书 办公用品 办公设备",
    "眼镜 钟表 珠宝 首饰 金行",
    "花店 鲜花 花卉 苗木 花艺",
    "宠物 兽医",
    "网吧 网咖 游戏 娱乐 ktv 歌舞 棋牌 健身 体育 酒吧",
    "养殖 种植 农业 农场 饲料 园艺",
    "环保 保洁 清洁 家政 废品 再生资源",
    "人力资源 劳务",
    "烟酒 名烟名酒 酒行 酒业 茶叶 茶行 茶庄",
    "母婴 玩具 孕婴",
    "彩票 体彩 福彩",
)  # fmt: skip
_OF_WORD = {word.upper(): number for number, line in enumerate(TRADES) for word in line.split()}
_WORDS = re.compile("|".join(sorted(_OF_WORD, key=len, reverse=True)))
#: What says only that it is a place of business.
_PLAIN = re.compile(
    r"(?<=..)(?:经营部|门市部|服务部|工作室|加工厂|加工部|店铺|商铺|店|厂|行|部|档|铺|坊|馆|屋|中心|号)$"
)


#: One shop of several, by where it stands: …便利店|谷丰路店.
_SITE = re.compile(r"[^店()]{1,6}店$")


def site_in(core: str) -> int:
    """Where in a name the words begin that tell one shop of several from the others; the name's length without them.

    美宜佳便利店同济路店 → 同济路店, 蜜雪冰城茶饮车站店 → 车站店; 五金建材店 is a trade.
    """
    found = next((each for each in _WORDS.finditer(core, 2) if each.start() > 1), None)
    if found is None:
        return len(core)
    start = found.end() + (core[found.end() : found.end() + 1] == "店")
    site = core[start:]
    if len(site) > 2 and _SITE.fullmatch(site) and not _WORDS.search(site) and not _PLAIN.fullmatch(site):
        return start
    return len(core)


@lru_cache(maxsize=65536)
def read_trade(core: str) -> tuple[str, int]:
    """(style, trades) of a name without place and legal form; trades as bits, 0 when no known word is in it.

    恒福五金 → 恒福 and hardware; 阿强饭店 → 阿强 and food; 永盛行 → 永盛 and nothing.
    """
    found = list(_WORDS.finditer(core, 2)) or list(_WORDS.finditer(core, 1))  # 阿海|鲜果, not 阿|海鲜|果
    if not found:
        return _PLAIN.sub("", core), 0
    trades = 0
    for each in found:
        trades |= 1 << _OF_WORD[each[0]]
    return core[: found[0].start()], trades
