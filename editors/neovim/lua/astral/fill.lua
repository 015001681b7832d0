--- `:Astral fill`: ask for a fill, watch it form, choose, apply as one undo step.

local badge = require("astral.badge")
local forming = require("astral.forming")
local place = require("astral.place")
local server = require("astral.server")

local M = {}

local CONTENT_MODIFIED, REQUEST_CANCELLED, SERVER_CANCELLED = -32801, -32800, -32802

---@class astral.Hole One hole of `astral/holes`.
---@field id string
---@field kind string
---@field range lsp.Range
---@field expected_type? string
---@field expected_because string
---@field intent? string
---@field scope { name: string, type?: string, fits?: boolean, origin: string }[]
---@field constraints { domain: string, text: string }[]

---@class astral.Fill The answer to `astral/fill`.
---@field version integer
---@field hole string
---@field range lsp.Range
---@field status "accepted"|"degraded"|"rejected"
---@field why string
---@field candidates astral.Candidate[]
---@field steps integer

local running = {} ---@type table<integer, { client: vim.lsp.Client, request: integer }>

--- An error of the server, as a person may read it.
---@param problem lsp.ResponseError
---@return string
function M.said(problem)
  if problem.code == CONTENT_MODIFIED then
    return "the text changed meanwhile"
  elseif problem.code == REQUEST_CANCELLED or problem.code == SERVER_CANCELLED then
    return "cancelled"
  end
  return problem.message
end

--- The holes of a buffer, `nil` values of JSON read as nil.
---@param client vim.lsp.Client
---@param bufnr integer
---@param take fun(holes: astral.Hole[], version: integer)
function M.holes(client, bufnr, take)
  client:request("astral/holes", { textDocument = place.document(bufnr) }, function(problem, answer)
    if problem then
      server.say(M.said(problem), vim.log.levels.WARN)
    else
      take(answer.holes, answer.version)
    end
  end, bufnr)
end

--- The hole at the cursor, else the only one of the cursor's line.
---@param holes astral.Hole[]
---@param cursor lsp.Position
---@return astral.Hole?
function M.at(holes, cursor)
  local on_line = {} ---@type astral.Hole[]
  for _, hole in ipairs(holes) do
    if place.contains(hole.range, cursor) then
      return hole
    elseif hole.range.start.line == cursor.line then
      on_line[#on_line + 1] = hole
    end
  end
  return #on_line == 1 and on_line[1] or nil
end

--- Put a candidate in, as one undo step. What is not verified is asked about first.
---@param client vim.lsp.Client
---@param bufnr integer
---@param fill astral.Fill
---@param candidate astral.Candidate
function M.apply(client, bufnr, fill, candidate)
  local function put()
    if vim.lsp.util.buf_versions[bufnr] ~= fill.version then
      return server.say("the text changed meanwhile; fill again", vim.log.levels.WARN)
    end
    place.break_undo(bufnr)
    vim.lsp.util.apply_workspace_edit(candidate.edit, client.offset_encoding)
  end
  if badge.is_verified(candidate) then
    return put()
  end
  local question = ("astral: not verified: %s. Apply it all the same?"):format(badge.reasons(candidate))
  vim.ui.select({ "Apply", "Cancel" }, { prompt = question, kind = "astral.unverified" }, function(choice)
    if choice == "Apply" then
      put()
    end
  end)
end

--- Give up what is being filled in a buffer. Neovim swallows the answer to a cancelled request, so this is the end of it.
---@param bufnr integer
---@return boolean whether anything was
local function give_up(bufnr)
  local work = running[bufnr]
  if work then
    running[bufnr] = nil
    work.client:cancel_request(work.request)
    forming.clear(bufnr)
  end
  return work ~= nil
end

---@param bufnr integer
function M.cancel(bufnr)
  server.say(give_up(bufnr) and "cancelled" or "nothing is being filled here")
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param hole astral.Hole
---@param parameters table
---@param take fun(fill: astral.Fill)
local function ask(client, bufnr, hole, parameters, take)
  give_up(bufnr)
  forming.begin(bufnr, parameters.textDocument.version, { hole })
  local _, request
  _, request = client:request("astral/fill", parameters, function(problem, fill)
    if running[bufnr] and running[bufnr].request == request then
      running[bufnr] = nil
      forming.clear(bufnr)
    end
    if problem then
      server.say(M.said(problem), vim.log.levels.INFO)
    elseif #fill.candidates == 0 then
      server.say(("%s stays open: %s"):format(fill.hole, fill.why ~= "" and fill.why or "no candidate"), vim.log.levels.WARN)
    else
      take(fill)
    end
  end, bufnr)
  running[bufnr] = request and { client = client, request = request } or nil
end

--- Fill the hole at the cursor, or the region, and let the user choose.
---@param options? { lines?: [integer, integer], best?: boolean } `lines`: first and last of a region; `best`: do not ask which.
function M.fill(options)
  options = options or {}
  local bufnr, winid = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  local client = server.client(bufnr)
  if not client then
    return
  end
  local function take(hole)
    return function(fill)
      if options.best then
        M.apply(client, bufnr, fill, fill.candidates[1])
      elseif vim.api.nvim_win_is_valid(winid) and vim.api.nvim_win_get_buf(winid) == bufnr then
        require("astral.choose").open(client, bufnr, winid, hole, fill)
      end
    end
  end
  if options.lines then
    local range = place.selection(bufnr, client, unpack(options.lines))
    local hole = { id = "r1", kind = "region", range = range, expected_because = "", scope = {}, constraints = {} }
    return ask(client, bufnr, hole, { textDocument = place.document(bufnr), range = range }, take(hole))
  end
  local cursor = place.cursor(winid, client)
  M.holes(client, bufnr, function(holes, version)
    local hole = M.at(holes, cursor)
    if not hole then
      local where = #holes == 0 and "there is no hole in this file" or "no hole here; `:Astral next` goes to one"
      return server.say(where)
    end
    local document = { uri = vim.uri_from_bufnr(bufnr), version = version }
    ask(client, bufnr, hole, { textDocument = document, hole = hole.id }, take(hole))
  end)
end

--- Fill every hole of the buffer that a verified candidate is found for, as one undo step.
function M.fill_all()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = server.client(bufnr)
  if not client then
    return
  end
  local argument = place.document(bufnr)
  M.holes(client, bufnr, function(holes, version)
    if #holes == 0 then
      return server.say("there is no hole in this file")
    end
    forming.begin(bufnr, version, holes)
    place.break_undo(bufnr)
    local parameters = { command = "astral.fillAll", arguments = { argument } }
    local _, request
    _, request = client:request("workspace/executeCommand", parameters, function(problem, answer)
      if running[bufnr] and running[bufnr].request == request then
        running[bufnr] = nil
      end
      forming.clear(bufnr)
      if problem then
        server.say(M.said(problem), vim.log.levels.INFO)
      elseif answer.applied then
        server.say(("%d of %d holes filled"):format(answer.filled, answer.holes))
      end
    end, bufnr)
    running[bufnr] = request and { client = client, request = request } or nil
  end)
end

return M
