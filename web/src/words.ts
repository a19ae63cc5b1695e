/** The words of the front itself; pages and figures bring their own. */
import type { Lang } from "./types";

const WORDS = {
  search: ["Search", "搜索"],
  searchFor: ["Search the handbook", "在手册里搜索"],
  searchHint: ["adam, overfitting, beam …", "adam、过拟合、beam ……"],
  noHits: ["Nothing found. A shorter word may help.", "没有找到，换个短一点的词试试。"],
  toLight: ["Light colours", "浅色"],
  toDark: ["Dark colours", "深色"],
  chapters: ["Chapters", "目录"],
  copy: ["Copy", "复制"],
  copied: ["Copied", "已复制"],
  reset: ["Reset", "重置"],
  trainHere: ["Train it here", "在这里训练"],
  starting: ["Starting …", "正在启动……"],
  stopTraining: ["Stop", "停止"],
  stopping: ["Stopping …", "正在停止……"],
  lost: ["No answer from wengu notes. Is it still running?", "wengu notes 没有回应，它还在运行吗？"],
  fixed: [
    "This copy has no engine, so the figure stands still. Run “wengu notes” to move it.",
    "这份副本没有计算程序，图不能动；运行 wengu notes 就可以操作。",
  ],
  class: ["Class of new points", "新点的类别"],
  add: ["Add", "添加"],
  removeLast: ["Remove last", "删去最后一个"],
  clear: ["Clear", "清空"],
  pointsHint: ["Click in the figure to add a point, click a point to remove it.", "在图中点击添加点，再点一下去掉它。"],
  dragHint: ["Drag in the figure, or slide here.", "可以在图中拖动，也可以用滑块。"],
  value: ["Numbers of the figure", "图中的数"],
  // runs
  filter: ["Filter", "筛选"],
  filterHint: ["name, network, data, state", "名称、网络、数据、状态"],
  name: ["Run", "运行"],
  network: ["Network", "网络"],
  data: ["Data", "数据"],
  epochs: ["Epochs", "轮数"],
  onDev: ["On dev", "开发集"],
  cause: ["Cause", "原因"],
  state: ["State", "状态"],
  created: ["Started", "开始于"],
  compare: ["Compare", "比较"],
  pick: ["Compare {name}", "比较 {name}"],
  pickMore: ["Tick two or more runs to compare them.", "勾选两个以上就可以比较。"],
  noRuns: ["No runs yet. “wengu fit” makes one.", "还没有运行过，用 wengu fit 开始一次。"],
  noMatch: ["No run matches.", "没有符合的运行。"],
  notRead: ["Not read: ", "没有读取："],
  over: ["over", "横轴"],
  logScale: ["logarithmic", "对数刻度"],
  drawn: ["The first {n} of {all} are drawn.", "画出了 {all} 个中的前 {n} 个。"],
  noRows: ["No curves yet: the first row comes with the first epoch.", "还没有曲线：第一轮结束后才有。"],
  changeLr: ["α from the next step on", "从下一步起的 α"],
  apply: ["Change", "改变"],
  applied: ["Told the trainer: α = {lr} from its next step on.", "已告诉训练程序：从下一步起 α = {lr}。"],
  appliedLater: [
    "α = {lr} as soon as it is resumed; it is not training now.",
    "一旦继续就从下一步起 α = {lr}；现在没有进程在训练它。",
  ],
  gone: ["This run is no longer there.", "这次运行已经不在了。"],
  verdict: ["Diagnosis", "诊断"],
  judging: ["Judging the run …", "正在诊断……"],
  what: ["What to try next", "下一步试什么"],
  errors: ["Errors, the most confident first", "错误，最有把握的在前"],
  truth: ["Truth", "真实"],
  predicted: ["Predicted", "判为"],
  all: ["all", "全部"],
  sure: ["Confidence at least", "把握至少"],
  shown: ["{n} of {all}", "{n} / {all}"],
  matching: ["{n} of {some} that match, {all} in all", "{n} / {some} 个符合，共 {all} 个"],
  more: ["Show more", "显示更多"],
  noErrors: ["No errors on the dev set.", "开发集上没有错误。"],
  set: ["Set", "集合"],
  soFar: ["so far", "目前"],
  interval: ["95% interval", "95% 区间"],
  measuredOn: ["Measured on", "样本"],
  against: ["Against the first", "和第一个比"],
  settings: ["Settings that differ", "不同的设置"],
  setting: ["Setting", "设置"],
  epochsDone: ["{n} / {all} epochs", "{n} / {all} 轮"],
  step: ["step", "步"],
  epoch: ["epoch", "轮"],
  seconds: ["seconds", "秒"],
  cost: ["cost", "代价"],
  dev_cost: ["dev cost", "开发集代价"],
  lr: ["learning rate α", "学习率 α"],
} as const;

export const lang: Lang =
  typeof document !== "undefined" && document.documentElement.dataset.lang === "zh" ? "zh" : "en";

/** What a series of a run is called; its own name where it is none of ours. */
export function called(series: string): string {
  return series in WORDS ? say(series as keyof typeof WORDS) : series.replaceAll("_", " ");
}

export function say(key: keyof typeof WORDS, values: Record<string, string | number> = {}): string {
  return WORDS[key][lang === "zh" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
