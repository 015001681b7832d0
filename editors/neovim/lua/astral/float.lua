--- A float at the cursor, filled with highlighted lines.

local config = require("astral.config")

local M = {}

local namespace = vim.api.nvim_create_namespace("astral.float")

---@return string|string[]
local function border()
  local own = config.read().float.border
  if own then
    return own
  end
  local global = vim.fn.exists("&winborder") == 1 and vim.o.winborder or ""
  return global ~= "" and global or "rounded"
end

---@param lines astral.Line[]
---@return string[]
local function texts(lines)
  return vim.tbl_map(function(line)
    return (table
      .concat(vim.tbl_map(function(chunk)
        return chunk[1]
      end, line))
      :gsub("\n", " "))
  end, lines)
end

---@param bufnr integer
---@param lines astral.Line[]
local function paint(bufnr, lines)
  for row, line in ipairs(lines) do
    local column = 0
    for _, chunk in ipairs(line) do
      local stop = column + #chunk[1]
      if stop > column and chunk[2] ~= "" then
        vim.api.nvim_buf_set_extmark(bufnr, namespace, row - 1, column, { end_col = stop, hl_group = chunk[2] })
      end
      column = stop
    end
  end
end

--- Open a float. It takes the focus, closes with q, <Esc> or by leaving it, and then calls `closed` once.
---@param lines astral.Line[]
---@param options { title: string, footer?: string, closed?: fun() }
---@return integer bufnr
---@return integer winid
---@return fun() close
function M.open(lines, options)
  local shown = texts(lines)
  local limit = math.min(config.read().float.max_width, vim.o.columns - 4)
  local width = math.max(#options.title + 2, vim.fn.strdisplaywidth(options.footer or "") + 2)
  for _, line in ipairs(shown) do
    width = math.max(width, vim.fn.strdisplaywidth(line) + 1)
  end
  width = math.min(width, limit)
  local height = 0
  for _, line in ipairs(shown) do
    height = height + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / width))
  end
  local below = vim.o.lines - vim.fn.screenrow() - vim.o.cmdheight - 3
  local up = below < height and vim.fn.screenrow() > below
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, shown)
  paint(bufnr, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].bufhidden = "wipe"
  vim.bo[bufnr].filetype = "astral"
  local winid = vim.api.nvim_open_win(bufnr, true, {
    relative = "cursor",
    row = up and 0 or 1,
    col = 0,
    anchor = up and "SW" or "NW",
    width = width,
    height = math.max(1, math.min(height, math.max(below, vim.fn.screenrow() - 3))),
    style = "minimal",
    border = border(),
    title = (" %s "):format(options.title),
    footer = options.footer and (" %s "):format(options.footer) or nil,
  })
  vim.wo[winid].wrap = true
  vim.wo[winid].linebreak = true
  local open = true
  local function close()
    if not open then
      return
    end
    open = false
    if vim.api.nvim_win_is_valid(winid) then
      vim.api.nvim_win_close(winid, true)
    end
    if options.closed then
      options.closed()
    end
  end
  for _, key in ipairs({ "q", "<Esc>" }) do
    vim.keymap.set("n", key, close, { buffer = bufnr, nowait = true, desc = "close" })
  end
  vim.api.nvim_create_autocmd("WinLeave", { buffer = bufnr, once = true, callback = vim.schedule_wrap(close) })
  return bufnr, winid, close
end

return M
