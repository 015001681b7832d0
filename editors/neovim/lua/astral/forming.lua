--- A fill as it forms, drawn where its hole stands: each `astral/fillProgress` is one frame. The text of the buffer does not change;
--- the hole is concealed, and what may stand there is virtual text.

local place = require("astral.place")

local M = {}

M.namespace = vim.api.nvim_create_namespace("astral.forming")

---@class astral.Step One `astral/fillProgress`.
---@field textDocument { uri: string, version: integer }
---@field hole string
---@field step integer
---@field t number From 1, all open, to 0, filled.
---@field text string Open places are ▢.
---@field confidence number[]

---@class astral.Drawn What is drawn in one buffer.
---@field ranges table<string, lsp.Range> By hole.
---@field marks table<string, integer> By hole.
---@field version integer
---@field conceal table<integer, { level: integer, cursor: string }> By window: its own options, put back in the end.

local drawn = {} ---@type table<integer, astral.Drawn>

local MASK = "▢"

--- Chunks of virtual text for one line: open places in AstralMask, what stands in `group`.
---@param line string
---@param group string
---@return [string, string][]
function M.chunks(line, group)
  local chunks = {} ---@type [string, string][]
  local from = 1
  while from <= #line do
    local start = line:find(MASK, from, true) or #line + 1
    if start > from then
      chunks[#chunks + 1] = { line:sub(from, start - 1), group }
    end
    local stop = start
    while line:sub(stop, stop + #MASK - 1) == MASK do
      stop = stop + #MASK
    end
    if stop > start then
      chunks[#chunks + 1] = { line:sub(start, stop - 1), "AstralMask" }
    end
    from = stop
  end
  return chunks
end

--- Let the windows of a buffer conceal, also under the cursor; what they had is returned.
---@param bufnr integer
local function conceal(bufnr)
  local before = {}
  for _, winid in ipairs(vim.fn.win_findbuf(bufnr)) do
    local options = vim.wo[winid][0]
    before[winid] = { level = options.conceallevel, cursor = options.concealcursor }
    options.conceallevel = math.max(2, options.conceallevel)
    options.concealcursor = "nvic"
  end
  return before
end

---@param here astral.Drawn
local function put_back(here)
  for winid, before in pairs(here.conceal) do
    if vim.api.nvim_win_is_valid(winid) then
      vim.wo[winid][0].conceallevel = before.level
      vim.wo[winid][0].concealcursor = before.cursor
    end
  end
end

--- Take a buffer's holes as they stand in `version`: steps of these are drawn, others are too late.
---@param bufnr integer
---@param version integer
---@param holes { id: string, range: lsp.Range }[]
function M.begin(bufnr, version, holes)
  M.clear(bufnr)
  drawn[bufnr] = { ranges = {}, marks = {}, version = version, conceal = conceal(bufnr) }
  for _, hole in ipairs(holes) do
    drawn[bufnr].ranges[hole.id] = hole.range
  end
end

--- Draw `text` as what may stand in a hole.
---@param bufnr integer
---@param hole string
---@param text string
---@param encoding string
---@param group "AstralForming"|"AstralPreview"
function M.show(bufnr, hole, text, encoding, group)
  local here = drawn[bufnr]
  local range = here and here.ranges[hole]
  if not range or here.version ~= vim.lsp.util.buf_versions[bufnr] then
    return
  end
  local row, column = place.to_buffer(bufnr, range.start, encoding)
  local end_row, end_column = place.to_buffer(bufnr, range["end"], encoding)
  local lines = vim.split(text, "\n", { plain = true })
  local rest = vim.tbl_map(function(line)
    return M.chunks(line, group)
  end, vim.list_slice(lines, 2))
  here.marks[hole] = vim.api.nvim_buf_set_extmark(bufnr, M.namespace, row, column, {
    id = here.marks[hole],
    end_row = end_row,
    end_col = end_column,
    conceal = "",
    virt_text = M.chunks(lines[1], group),
    virt_text_pos = "inline",
    virt_lines = #rest > 0 and rest or nil,
    undo_restore = false,
    invalidate = true,
  })
end

--- `astral/fillProgress`. A fill that something else began, a lens for instance, brings its hole along by asking.
---@param step astral.Step
---@param client_id integer
function M.on_progress(step, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  local bufnr = vim.uri_to_bufnr(step.textDocument.uri)
  if not client or not vim.api.nvim_buf_is_loaded(bufnr) or step.textDocument.version ~= vim.lsp.util.buf_versions[bufnr] then
    return
  end
  local here = drawn[bufnr]
  if here and here.version == step.textDocument.version then
    M.show(bufnr, step.hole, step.text, client.offset_encoding, "AstralForming")
    return
  end
  M.begin(bufnr, step.textDocument.version, {})
  client:request("astral/holes", { textDocument = { uri = step.textDocument.uri } }, function(problem, answer)
    if not problem and answer and answer.version == vim.lsp.util.buf_versions[bufnr] then
      M.begin(bufnr, answer.version, answer.holes)
      M.show(bufnr, step.hole, step.text, client.offset_encoding, "AstralForming")
    end
  end, bufnr)
end

---@param bufnr integer
function M.clear(bufnr)
  local here = drawn[bufnr]
  if not here then
    return
  end
  drawn[bufnr] = nil
  put_back(here)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
  end
end

function M.clear_all()
  for bufnr in pairs(drawn) do
    M.clear(bufnr)
  end
end

local group = vim.api.nvim_create_augroup("astral.forming", {})

-- A change of the text ends every fill that was computed for the text before it.
vim.api.nvim_create_autocmd({ "TextChanged", "TextChangedI" }, {
  group = group,
  callback = function(event)
    if drawn[event.buf] then
      M.clear(event.buf)
    end
  end,
})

-- Commands that the server runs have no other end than their answer.
vim.api.nvim_create_autocmd("LspRequest", {
  group = group,
  callback = function(event)
    local request, client = event.data.request, vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == "astral" and request.type ~= "pending" and request.method == "workspace/executeCommand" then
      M.clear(event.buf)
    end
  end,
})

return M
